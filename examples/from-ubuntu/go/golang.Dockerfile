FROM golang:1.26-trixie
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /hello .
EXPOSE 8080
CMD ["/hello"]
