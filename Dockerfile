# The detector in an environment made of wheels: no compiler in either stage. It runs as a user who owns
# nothing and under a read-only file system.

FROM python:3.11.14-slim-bookworm AS build

WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY detector detector
COPY config config

RUN python -m venv --without-pip /opt/detector
RUN python -m pip --python /opt/detector/bin/python install --no-cache-dir \
    --disable-pip-version-check --only-binary=:all: --constraint constraints.txt .

# Compile the kernels once, for any processor of this architecture (the features of the building
# machine's own would not fit another's), by judging a little of everything.
# -P: those of the installed package, not of this folder.
ENV PATH=/opt/detector/bin:$PATH \
    NUMBA_CACHE_DIR=/opt/detector/kernels \
    NUMBA_CPU_NAME=generic \
    NUMBA_CPU_FEATURES=""
RUN python -P -m detector.demo.warm

FROM python:3.11.14-slim-bookworm

COPY --from=build /opt/detector /opt/detector
COPY config /config

ENV PATH=/opt/detector/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/opt/detector/kernels \
    NUMBA_CPU_NAME=generic \
    NUMBA_CPU_FEATURES="" \
    DETECTOR_LISTEN=0.0.0.0:8080

USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM

# A configuration with another `web.listen` than ${DETECTOR_LISTEN} wants another check.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os; from http.client import HTTPConnection; port = os.environ['DETECTOR_LISTEN'].rpartition(':')[2]; web = HTTPConnection('127.0.0.1', int(port), timeout=3); web.request('GET', '/livez'); raise SystemExit(web.getresponse().status != 200)"]

ENTRYPOINT ["detector"]
CMD ["run", "--config", "/config/detector.yaml"]
