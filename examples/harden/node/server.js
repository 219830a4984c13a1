// A web server that greets.
const http = require("node:http");
const ms = require("ms");

const started = Date.now();

http
  .createServer((asked, answer) => {
    const name = new URL(asked.url, "http://here").searchParams.get("name");
    answer.setHeader("x-up", ms(Date.now() - started));
    answer.end(`hello from Node, ${name}\n`);
  })
  .listen(8080);
