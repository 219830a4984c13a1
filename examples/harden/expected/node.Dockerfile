FROM node:24-trixie AS build

ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .

FROM gcr.io/distroless/nodejs24-debian13:nonroot
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/ /app/
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "server.js"]
