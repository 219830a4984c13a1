FROM rust:1.90-trixie AS build

WORKDIR /usr/src/hello
COPY . .
RUN cargo install --path .

FROM gcr.io/distroless/cc-debian13:nonroot
WORKDIR /usr/src/hello
COPY --from=build /usr/local/cargo/bin/hello /usr/local/cargo/bin/hello
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/usr/local/cargo/bin/hello"]
