FROM alpine:3.21
RUN apk add python3=3.12.8-r1 py3-pip
COPY requirements.txt .
RUN pip install --break-system-packages --no-cache-dir -r requirements.txt torch
COPY app.py .
USER 65532:65532
CMD ["python3", "app.py"]
