package hello;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A web server that greets. */
public final class Main {
    private Main() {}

    public static void main(String[] words) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", asked -> {
            byte[] body = "hello from Java\n".getBytes(StandardCharsets.UTF_8);
            asked.sendResponseHeaders(200, body.length);
            asked.getResponseBody().write(body);
            asked.close();
        });
        server.start();
    }
}
