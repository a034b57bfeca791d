# An image without a shell: the program, its shared libraries, and the root certificates of TLS.
#   docker build -t metricshot .
#   docker run --read-only --memory 512m -p 8080:8080 -v ./metricshot.toml:/etc/metricshot.toml:ro metricshot
# The server listens on all addresses, so its configuration needs a key or auth.mode = "none"; otherwise it exits with an error.
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked && bash packaging/image target/release/metricshot /image

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
ENV METRICSHOT_CONFIG=/etc/metricshot.toml METRICSHOT_LISTEN=0.0.0.0:8080 METRICSHOT_LOG=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s CMD ["/metricshot", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/metricshot"]
CMD ["serve"]
