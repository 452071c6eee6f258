# One image for web, worker and beat; compose.yaml says which is which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 \
    VAR_DIR=/house/var MEDIA_DIR=/house/media
WORKDIR /house/app

COPY requirements.txt .
RUN pip install --disable-pip-version-check -r requirements.txt

COPY . .
# The key serves this one command and is kept nowhere.
RUN useradd --system --home /house house \
    && mkdir -p /house/var/pages /house/media \
    && SECRET_KEY=for-this-command-only python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q config digests papers \
    && chown -R house /house/var /house/media

USER house
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", \
     "--preload", "--no-control-socket"]
