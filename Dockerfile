# Two stages: the first installs and collects, the second holds what runs. No compiler, no pip, no git, no secret in it.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /app
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv==0.13.9
# Alone, so that a change of our code does not install everything again. --require-hashes: exactly what was tested.
COPY requirements.txt .
RUN python -m venv --without-pip .venv \
    && uv pip sync --no-cache --compile-bytecode --require-hashes requirements.txt
COPY . .
# Hashed and compressed here, once a release: brotli takes minutes, and no start of a container may wait for it. The
# folder must be there before: the settings choose the storage that hashes names by it. The values are no secrets;
# they let the settings start, and stand in this one command's environment only.
RUN mkdir staticfiles \
    && SECRET_KEY=unused DATABASE_URL=postgresql://unused@unused/unused DATABASE_OWNER_URL=postgresql://unused@unused/unused \
       REDIS_URL=redis://unused .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && .venv/bin/python -m compileall -q config staff notifications documents roster reviews monitoring \
    && mkdir -p .local/media .local/backups

FROM ${BASE}
LABEL org.opencontainers.image.title="Ace Mall Staff"
RUN groupadd --system --gid 10001 acemall \
    && useradd --system --uid 10001 --gid acemall --home-dir /app --no-create-home --shell /usr/sbin/nologin acemall
WORKDIR /app
# Code belongs to root and is only read; what the application may write is .local alone.
COPY --from=build /app /app
RUN chown -R acemall:acemall .local
# The number and not the name: Kubernetes' runAsNonRoot and scanners cannot look a name up.
USER 10001:10001
ARG GIT_COMMIT=""
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000 GIT_COMMIT=$GIT_COMMIT
EXPOSE 8000
# granian and celery both begin their orderly end at it; docker-compose.yml says how long each gets.
STOPSIGNAL SIGTERM
# Whether this process answers at all; whether requests should come here is /health/ready, and no cause to restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=40s --start-interval=1s --retries=3 \
    CMD ["python", "deploy/healthcheck", "web"]
CMD ["sh", "deploy/start", "web"]
