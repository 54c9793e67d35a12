# One image for web, streams, workers and clock; what it does is its command (see compose.yaml).
# Written for rootless engines: no privileges, nothing written but /data and /tmp.
# Neither this image nor compose.yaml has been built or run yet: no container engine was at hand.

FROM python:3.11-slim-bookworm AS build
COPY requirements.lock /
RUN python -m venv /venv \
 && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement /requirements.lock

FROM python:3.11-slim-bookworm
# Pango sets the PDF and the share card; the fonts write names of the whole world.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
        libpangoft2-1.0-0 libpangocairo-1.0-0 libharfbuzz-subset0 \
        fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /tmp groundswell \
 && install -d -o groundswell -g groundswell -m 0700 /data /log /letterkeys /erasures
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp/cache \
    STATIC_ROOT=/app/var/static
# Translations and hashed static files belong to the image. The settings read here are thrown away.
RUN python bin/messages compile \
 && DATA_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
 && rm -rf /tmp/build \
 && python -m compileall -q config campaigns signatures worker
ENV DATA_DIR=/data
USER groundswell
VOLUME /data /log /letterkeys /erasures
EXPOSE 8000 8001
# Unhealthy also when a worker or the clock does not answer; the body of /healthz names it.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8000/healthz', timeout=8)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--backlog", "4096", "--backpressure", "10000", \
     "--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning", "config.wsgi:application"]
