FROM alpine:3.23
RUN apk add python3=3.12.12-r0 py3-pip
WORKDIR /app
COPY requirements.txt .
RUN pip install --break-system-packages --no-cache-dir -r requirements.txt torch==2.9.0
COPY app.py .
USER 65532:65532
CMD ["python3", "app.py"]
