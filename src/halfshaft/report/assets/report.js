// Draws charts when they come into view, filters tables, and keeps the navigation in step with the page.
(function () {
  "use strict";

  var config = {
    displaylogo: false,
    displayModeBar: "hover",
    responsive: true,
    showLink: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "sendDataToCloud"],
  };

  // A chart inside a closed fold is drawn when the fold opens. Browsers may lay out what a closed fold hides, so ask for the fold.
  function drawn(plot) { return plot.classList.contains("drawn"); }
  function visible(plot) { return !plot.closest("details:not([open])") && plot.clientWidth > 0; }
  function draw(plot) {
    if (drawn(plot) || !visible(plot)) return;
    plot.classList.add("drawn");
    var figure = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
    Plotly.newPlot(plot, figure.data, figure.layout, config);
  }

  // One chart at a time, in reading order, so that the page answers while it draws.
  var queue = [];
  var working = false;
  function work() {
    var plot = queue.shift();
    if (!plot) { working = false; return; }
    draw(plot);
    setTimeout(work, 0);
  }
  function enqueue(root) {
    root.querySelectorAll(".plot").forEach(function (plot) { if (!drawn(plot)) queue.push(plot); });
    if (!working) { working = true; setTimeout(work, 0); }
  }

  document.querySelectorAll("details").forEach(function (fold) {
    fold.addEventListener("toggle", function () { if (fold.open) enqueue(fold); });
  });
  document.querySelectorAll("[data-folds]").forEach(function (button) {
    button.addEventListener("click", function () {
      var open = button.dataset.folds === "open";
      document.querySelectorAll("details").forEach(function (fold) { fold.open = open; });
    });
  });
  window.addEventListener("beforeprint", function () { document.querySelectorAll(".plot").forEach(draw); });
  enqueue(document);

  document.querySelectorAll("input[data-filter]").forEach(function (input) {
    var box = input.closest(".table");
    var found = box.querySelector(".found");
    input.addEventListener("input", function () {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var count = 0;
      box.querySelectorAll("tbody").forEach(function (body) {
        var any = false;
        body.querySelectorAll("tr:not(.group)").forEach(function (row) {
          var text = row.textContent.toLowerCase();
          row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
          if (!row.hidden) { any = true; count += 1; }
        });
        body.hidden = !any;
      });
      found.textContent = words.length ? count + " found" : "";
    });
  });

  var links = {};
  document.querySelectorAll("nav ol a").forEach(function (link) { links[link.getAttribute("href").slice(1)] = link; });
  var inView = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) return;
      Object.keys(links).forEach(function (id) { links[id].classList.toggle("here", id === entry.target.id); });
    });
  }, { rootMargin: "-20% 0px -70% 0px" });
  document.querySelectorAll("main > section").forEach(function (section) { inView.observe(section); });
})();
