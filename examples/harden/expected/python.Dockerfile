FROM python:3.13-trixie AS build
RUN python3 -m venv /venv
ENV PATH=/venv/bin:$PATH

ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN /venv/bin/python -m pip uninstall --yes pip

FROM gcr.io/distroless/python3-debian13:nonroot
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=build /venv/lib/python3.13/site-packages/ /usr/local/lib/python3.13/dist-packages/
COPY --from=build /app/ /app/
EXPOSE 8080
USER 65532:65532
# Started by a shell, as root
ENTRYPOINT ["/usr/bin/python3", "app.py"]
