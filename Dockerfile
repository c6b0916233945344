FROM python:3.12-slim
WORKDIR /app
COPY requirements/run.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY workflow workflow
COPY service_catalog service_catalog
COPY api api
COPY worker worker
COPY frontend frontend
RUN python frontend/build.py && rm -rf frontend
RUN printf '#!/bin/sh\nexec python -c "from api.cli import main; main()" "$@"\n' > /usr/local/bin/banjian && chmod +x /usr/local/bin/banjian \
 && useradd --create-home banjian && mkdir /data && chown banjian /data
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1
USER banjian
CMD ["banjian", "--help"]
