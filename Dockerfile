# prompteval in a small image: `docker run --rm -v "$PWD:/project" prompteval run`.
FROM rust:1.90-slim-bookworm AS build
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY docs/ARCHITECTURE.md docs/ARCHITECTURE.md
COPY benches benches
COPY tests tests
RUN apt-get update && apt-get install --no-install-recommends -y build-essential && cargo build --profile dist --locked --bin prompteval

FROM debian:bookworm-slim
RUN apt-get update && apt-get install --no-install-recommends -y ca-certificates git && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home prompteval \
    # The mounted project belongs to somebody else, which git refuses to read otherwise.
    && git config --system --add safe.directory /project
COPY --from=build /source/target/dist/prompteval /usr/local/bin/prompteval
USER prompteval
WORKDIR /project
ENTRYPOINT ["prompteval"]
