FROM golang:1.26-trixie AS build
WORKDIR /src
COPY . .
RUN go build -trimpath -ldflags="-s -w" -o /hello .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /hello /hello
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/hello"]
