//! A web server that greets.

use std::io::{Read, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let server = TcpListener::bind("0.0.0.0:8080")?;
    for asked in server.incoming() {
        let mut stream = asked?;
        let mut request = [0; 1024];
        let _ = stream.read(&mut request)?;
        stream.write_all(b"HTTP/1.0 200 OK\r\ncontent-length: 16\r\n\r\nhello from Rust\n")?;
    }
    Ok(())
}
