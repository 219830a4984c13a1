# Dunnage in a container: Python, Dunnage and the libraries it imports. No shell, no package manager.
#
#   docker build -t dunnage .
#
# docs/container.md says how to run it, pin its bases by digest, and get the same bytes again.

ARG BUILDER=docker.io/library/python:3.13-slim-trixie
ARG RUNTIME=gcr.io/distroless/python3-debian13:nonroot

FROM ${BUILDER} AS build
WORKDIR /src
# Hashes choose every file that comes from the package index; nothing is compiled on the way.
COPY action/requirements.txt tools/build-requirements.txt ./
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m pip install --quiet --no-compile --require-hashes --only-binary :all: \
        --target /build-tools -r build-requirements.txt \
    && python3 -m pip install --quiet --no-compile --require-hashes --only-binary :all: \
        --target /packages -r requirements.txt
COPY . .
# Seconds since 1970 that stand for every time in the result.
ARG SOURCE_DATE_EPOCH=1767225600
# The byte code is checked by nobody at start: the root file system is read-only, and so is it.
RUN PYTHONPATH=/build-tools python3 -m pip wheel --quiet --no-deps --no-build-isolation \
        --wheel-dir /wheels . \
    && python3 -m pip install --quiet --no-compile --no-deps --no-index \
        --target /packages /wheels/*.whl \
    && rm -rf /packages/bin \
    && install -d /out/usr/local/lib/python3.13 \
    && mv /packages /out/usr/local/lib/python3.13/dist-packages \
    && python3 -m compileall -q -s /out -p / --invalidation-mode unchecked-hash /out/usr/local \
    && install -d -m 0700 /cache && install -d /scan \
    && find /out /cache /scan -exec touch -h -d "@${SOURCE_DATE_EPOCH}" {} +

FROM ${RUNTIME}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Dunnage" \
      org.opencontainers.image.description="Container security over a container's whole life" \
      org.opencontainers.image.documentation="https://dunnage.readthedocs.io" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build --chown=0:0 /out/ /
COPY --from=build --chown=65532:65532 /cache/ /cache/
COPY --from=build --chown=65532:65532 /scan/ /scan/
# The one place that has to be writable; temporary files go to /tmp where there is none.
ENV DUNNAGE_CACHE_DIR=/cache TMPDIR=/cache LANG=C.UTF-8
USER 65532:65532
WORKDIR /scan
# Isolated: nothing beside a target, no variable and no user directory adds code.
ENTRYPOINT ["/usr/bin/python3", "-IB", "-m", "dunnage"]
CMD ["--help"]
