# Two stages: the first installs the locked dependencies, the second runs them as nobody special.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/sipas
COPY requirements-installer.lock requirements.lock pyproject.toml README.md ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-installer.lock
RUN VIRTUAL_ENV=/opt/venv /opt/venv/bin/uv pip install --no-cache --require-hashes -r requirements.lock
COPY app app
COPY analysis analysis
COPY survey_forms survey_forms
COPY kiosk_ui kiosk_ui
COPY migrations migrations
RUN VIRTUAL_ENV=/opt/venv /opt/venv/bin/uv pip install --no-cache --no-deps --no-build-isolation -e . \
    && /opt/venv/bin/uv pip uninstall --python /opt/venv/bin/python uv hatchling

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/sipas --create-home sipas
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/sipas /srv/sipas
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 SIPAS_HOME=/var/lib/sipas SIPAS_HOST=0.0.0.0 PORT=8000
WORKDIR /srv/sipas
USER sipas
VOLUME /var/lib/sipas
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/readyz\", timeout=4)"]
CMD ["sipas", "serve"]
