// What Swagger UI does not do by itself: an id that was answered is filled in where the next call needs it, links of the
// description open the call that they name, and the newest optimization has a link to its report.
// `settings` is set by the page.
const PARAMETERS = { opt: "optimization_id", whe: "endpoint_id", whd: "delivery_id" };
const ID = /^(opt|whe|whd)_[0-9A-Z]{26}$/;

function newest(answer) {
  const row = Array.isArray(answer?.data) ? answer.data[0] : answer;
  const id = typeof row?.id === "string" && row.id.match(ID);
  return id ? { id: id[0], parameter: PARAMETERS[id[1]] } : null;
}

function fillIn(system, { id, parameter }) {
  for (const [path, methods] of Object.entries(system.specSelectors.specJson().get("paths").toJS())) {
    for (const method of Object.keys(methods)) {
      if (path.includes(`{${parameter}}`)) {
        system.specActions.changeParam([path, method], parameter, "path", id);
      }
    }
  }
}

function tell({ id }, withKey) {
  const bar = document.getElementById("newest");
  const name = document.createElement("code");
  name.textContent = id;
  bar.replaceChildren("Newest optimization: ", name, ", filled in below. ");
  const report = document.createElement("a");
  report.href = `${settings.root}/v1/optimizations/${id}/report`;
  report.target = "_blank";
  report.textContent = "Open its report";
  bar.append(report, withKey ? " (it asks for the key once more)" : "");
  bar.hidden = false;
}

const remembering = (system) => ({
  statePlugins: {
    spec: {
      wrapActions: {
        setResponse: (original) => (path, method, response) => {
          const result = original(path, method, response);
          const found = response.ok && response.status < 300 ? newest(response.obj) : null;
          if (found) {
            fillIn(system, found);
            if (found.parameter === "optimization_id") {
              tell(found, system.authSelectors.authorized().size > 0);
            }
          }
          return result;
        },
      },
    },
  },
});

const ui = SwaggerUIBundle({
  ...settings.swagger,
  url: `${settings.root}/openapi.json`,
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  plugins: [remembering],
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".renderedMarkdown a[href^='#/'], .markdown a[href^='#/']");
  if (!link) return;
  const [tag, operation] = link.getAttribute("href").slice(2).split("/");
  event.preventDefault();
  ui.layoutActions.show(["operations-tag", tag], true);
  ui.layoutActions.show(["operations", tag, operation], true);
  history.replaceState(null, "", link.getAttribute("href"));
  requestAnimationFrame(() => document.getElementById(`operations-${tag}-${operation}`)?.scrollIntoView());
});
