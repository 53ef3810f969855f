// Shows the description of this server, and of no other one that a link could name. The token that is
// typed is kept nowhere.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "none",
    queryConfigEnabled: false,
    persistAuthorization: false,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
