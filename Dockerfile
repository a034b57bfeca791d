# A service without a shell: the program, the libraries that it names, and the roots of TLS.
#   docker build -t metricshot .
#   docker run --read-only --memory 512m -p 8080:8080 -v ./metricshot.toml:/etc/metricshot.toml:ro metricshot
# It serves other machines, so its configuration needs a key; without one it says so and ends.
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
