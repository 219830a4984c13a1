FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build

WORKDIR /src
COPY . .
RUN dotnet publish -c Release -o /out

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /out
COPY --from=build /out/ /out/
EXPOSE 8080
USER 1654:1654
ENTRYPOINT ["dotnet", "Hello.dll"]
