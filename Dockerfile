# Muster in a container: any number of `api` and `worker` beside a PostgreSQL, or `up` with the embedded one.
# docker build -t muster . ; compose.yaml shows how the parts stand together; docs/guides/operations.md says the rest.

FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/muster
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY actions actions
COPY auth auth
COPY console console
COPY core core
COPY integrations integrations
COPY jobs jobs
COPY migrations migrations
COPY models models
COPY resolvers resolvers
COPY schema schema
COPY server server
COPY statuspage statuspage
RUN /opt/muster/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt '.[s3,brokers,telemetry]' \
 && /opt/muster/bin/python -m compileall -q /opt/muster/lib

FROM python:3.12-slim
# Pango draws the PDFs of postmortems.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin muster \
 && install -d -o muster -g muster -m 0750 /data
COPY --from=build /opt/muster /opt/muster
ENV PATH=/opt/muster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MUSTER_HOST=0.0.0.0 \
    MUSTER_PORT=8000 \
    MUSTER_DATA_DIR=/data \
    MUSTER_LOG_FORMAT=json
# The root file system may be read-only: what is written goes to /data and /tmp.
USER 10001:10001
VOLUME /data
EXPOSE 8000
# A worker has no port: give it `--no-healthcheck`, as compose.yaml does.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['MUSTER_PORT'] + '/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["muster"]
CMD ["api"]
