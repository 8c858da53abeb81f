"""What `deploy/check` does: the deployment's files under Debian's nginx, Prometheus and Alertmanager, with the product.

    files.py     every file as its own server reads it, and the rules' unit tests
    data.py      PostgreSQL and Valkey as the containers start them
    edge.py      nginx in front of two web servers: what it believes, refuses and survives
    stopping.py  ends under work: web, worker, and both web servers one after the other
    image.py     what the image would hold, built by the Dockerfile's command, and served (brotli: minutes)
    watching.py  Prometheus scrapes the product, runs every query there is, and an alert reaches a webhook
    stage.py     the product as docker-compose.yml sets it, on free ports of this machine; servers.py starts and ends

Only this machine is asked, every loop is bounded, and nothing is left running but the embedded PostgreSQL and
Valkey, as after `make test`.
"""
