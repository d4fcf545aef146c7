//! Bodies that are too long, or in an encoding that nobody asked for: refused while they are read.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use prompteval::model::ErrorClass;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::lab::{KEY, Lab, ask};

/// A server that answers every connection with these bytes, and then with the last of them for ever where it is `endless`.
async fn server(answer: Vec<u8>, endless: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 1 << 16];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
                let blank = vec![b' '; 1 << 16];
                while endless && stream.write_all(&blank).await.is_ok() {}
            });
        }
    });
    format!("http://{address}/v1")
}

fn zipped(expands_to: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..expands_to >> 20 {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

fn head(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}\r\n").into_bytes()
}

#[tokio::test]
async fn no_answer_is_read_beyond_the_limit() {
    let bomb = zipped(1 << 30);
    let length = bomb.len();
    assert!(length < 2 << 20);
    let gzip = [
        head(&format!(
            "content-encoding: gzip\r\ncontent-length: {length}\r\n"
        )),
        bomb,
    ]
    .concat();
    let endless = head("connection: close\r\n");
    let long = head("content-length: 5000000000\r\n");
    for (answer, goes_on) in [(gzip, false), (endless, true), (long, true)] {
        let mut lab = Lab::bare();
        lab.max_retries = 0;
        lab.set("OPENAI_API_KEY", KEY);
        lab.set("OPENAI_BASE_URL", &server(answer, goes_on).await);
        let began = Instant::now();
        let error = lab
            .client()
            .answer(&ask("openai/gpt-6-luna", "hi"))
            .await
            .unwrap_err();
        assert_eq!(error.class, ErrorClass::Provider);
        assert!(
            error.message.contains("an answer of more than 32 MiB"),
            "{error}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(9),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn an_encoding_that_was_not_asked_for_is_an_error() {
    for encoding in ["br", "zstd", "deflate", "compress"] {
        let answer = [
            head(&format!(
                "content-encoding: {encoding}\r\ncontent-length: 3\r\n"
            )),
            b"abc".to_vec(),
        ]
        .concat();
        let mut lab = Lab::bare();
        lab.max_retries = 0;
        lab.set("OPENAI_API_KEY", KEY);
        lab.set("OPENAI_BASE_URL", &server(answer, false).await);
        let error = lab
            .client()
            .answer(&ask("openai/gpt-6-luna", "hi"))
            .await
            .unwrap_err();
        let why = format!("in the encoding `{encoding}`, which was not asked for");
        assert!(error.message.contains(&why), "{error}");
    }
}
