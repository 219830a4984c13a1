FROM golang:1.26-trixie AS build

WORKDIR /src
COPY . .
# Pure Go, so that it needs no C library.
ENV CGO_ENABLED=0
RUN go build -o /usr/local/bin/hello .

FROM gcr.io/distroless/static-debian13:nonroot
LABEL org.opencontainers.image.title="hello"
WORKDIR /src
COPY --from=build /usr/local/bin/hello /usr/local/bin/hello
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/hello"]
