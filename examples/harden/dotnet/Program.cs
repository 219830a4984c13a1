// A web server that greets.
var app = WebApplication.CreateBuilder(args).Build();

app.MapGet("/", (string? name) => $"hello from .NET, {name}\n");
app.Run();
