# The same scripts that `make run` uses. Not built in CI: the scripts are what is tested.
FROM debian:12-slim AS build
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --home-dir /srv/mappe mappe
USER mappe
WORKDIR /srv/mappe
COPY --chown=mappe:mappe . .
RUN scripts/setup.sh --server \
    && rm -rf clients/web/node_modules

FROM debian:12-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends python3 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --home-dir /srv/mappe mappe
COPY --from=build --chown=mappe:mappe /srv/mappe /srv/mappe
USER mappe
WORKDIR /srv/mappe
RUN mkdir -m 700 data
VOLUME /srv/mappe/data
ENV MAPPE_HOST=0.0.0.0
EXPOSE 8000
ENTRYPOINT [".venv/bin/python", "-m", "app"]
CMD ["serve"]
