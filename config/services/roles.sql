-- The application's roles and database. Read by psql at every `up`, so each step is harmless when already done.
-- The superuser postgres stays with the launcher: it would see through row-level security.

-- Owns the tables and runs the migrations; CREATEDB is for the test databases.
SELECT format('CREATE ROLE acemall_owner LOGIN CREATEDB PASSWORD %L', :'owner_password')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'acemall_owner') \gexec

-- What web, worker and commands log in as: under row-level security, and unable to change the schema.
SELECT format('CREATE ROLE acemall_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD %L', :'app_password')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'acemall_app') \gexec

SELECT 'CREATE DATABASE acemall OWNER acemall_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'acemall') \gexec

-- Only when it is not yet so: a change here takes a lock that a backup or a migration may hold.
SELECT grants.statement
FROM (VALUES ('REVOKE CONNECT ON DATABASE acemall FROM PUBLIC'), ('GRANT CONNECT ON DATABASE acemall TO acemall_app'))
     AS grants (statement)
WHERE has_database_privilege('public', 'acemall', 'CONNECT')
   OR NOT has_database_privilege('acemall_app', 'acemall', 'CONNECT') \gexec
