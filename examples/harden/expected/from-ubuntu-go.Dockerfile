FROM ubuntu:22.04 AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends build-essential ca-certificates git golang && \
    rm -rf /var/lib/apt/lists/*

WORKDIR /src
COPY . .
# Pure Go, so that it needs no C library.
RUN CGO_ENABLED=0 go build -o /usr/local/bin/hello .

FROM gcr.io/distroless/static-debian13:nonroot
WORKDIR /src
COPY --from=build /usr/local/bin/hello /usr/local/bin/hello
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/hello"]
