# Dateline's image. Its base is an argument: any Debian-like image whose python3 is 3.11 or newer and has venv will do.
#   docker build -t dateline .
# If packages come from your own index, pass pip's configuration; it does not become part of the image:
#   docker build -t dateline --secret id=pip.conf,src=$HOME/.config/pip/pip.conf .

# The image holds the extras s3, mcp and parquet. One without them is smaller:
#   docker build -t dateline --build-arg LOCK=requirements.lock .

ARG PYTHON_IMAGE=python:3.13-slim-bookworm
ARG LOCK=requirements-image.lock

# --- packages: exactly those of the lock file, in a virtual environment ------------------------------------------------
# Bytecode is written here because the container's file system is read-only.
FROM ${PYTHON_IMAGE} AS packages
ARG LOCK

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

RUN python3 -m venv /opt/dateline
WORKDIR /src
COPY requirements.lock requirements-image.lock ./
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    /opt/dateline/bin/pip install --quiet --no-compile --no-deps --require-hashes --requirement ${LOCK} \
 && /opt/dateline/bin/python -m compileall -q -j 0 /opt/dateline/lib

# --- build: Dateline itself, in the same environment --------------------------------------------------------------------------------
FROM packages AS build

COPY pyproject.toml README* LICENSE ./
COPY dateline dateline
COPY crawler crawler
COPY pipelines pipelines
COPY scheduler scheduler
COPY sql sql
# What only builds packages stays behind.
RUN /opt/dateline/bin/pip install --quiet --compile --no-deps --no-build-isolation --no-index . \
 && /opt/dateline/bin/pip uninstall --quiet --yes setuptools pip

# --- the image itself: no compiler, no pip, one unprivileged user, nothing that needs writing but its data folder ------
FROM ${PYTHON_IMAGE}

ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Dateline" \
      org.opencontainers.image.description="Watches news sources and keeps a clean, searchable archive of their articles" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"

# A uid of its own, above those that hosts give to people. Named volumes take over the folder's owner.
RUN groupadd --gid 10001 dateline \
 && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /var/lib/dateline \
      --shell /usr/sbin/nologin dateline \
 && install -d -o dateline -g dateline -m 0750 /var/lib/dateline /var/lib/dateline/archive

COPY --from=build /opt/dateline /opt/dateline

ENV PATH=/opt/dateline/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/tmp \
    DATELINE_DATA_DIR=/var/lib/dateline \
    DATELINE_LOG_FORMAT=json

USER 10001:10001
WORKDIR /var/lib/dateline

HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["dateline", "healthcheck"]
ENTRYPOINT ["dateline"]
CMD ["--help"]
