// What the pages do: search, filters, tips, keys, colours. Every page reads well without it.
(function () {
  "use strict";

  var WORDS = {
    f: ["fail", "fail"], e: ["error", "error"], x: ["unexpected_pass", "unexpected pass"],
    n: ["not_run", "not run"], d: ["deviation", "deviation"], p: ["pass", "pass"],
    s: ["survey", "survey"], u: ["unsupported", "unsupported"],
  };
  var ORDER = "fexndpsu"; // in the order in which they count
  var root = document.body.dataset.root;

  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }

  // ---- light and dark ----

  function themes() {
    var button = document.getElementById("theme");
    var names = { "": "as the system", light: "light", dark: "dark" };
    var signs = { "": "◐", light: "○", dark: "●" };
    function show() {
      var theme = document.documentElement.dataset.theme || "";
      button.setAttribute("aria-label", "Colours: " + names[theme]);
      button.title = "Colours: " + names[theme];
      button.firstElementChild.textContent = signs[theme];
    }
    button.addEventListener("click", function () {
      var order = ["", "light", "dark"];
      var theme = order[(order.indexOf(document.documentElement.dataset.theme || "") + 1) % 3];
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      try { localStorage.setItem("focalspec-theme", theme); } catch (error) { /* kept for this page only */ }
      show();
    });
    show();
  }

  // ---- search over everything ----

  function search() {
    var input = document.getElementById("search");
    var found = document.getElementById("found");
    var loading = false;

    function load() {
      if (window.focalspecIndex || loading) return;
      loading = true;
      var script = document.createElement("script"); // a page from a file may fetch nothing else
      script.src = root + "static/index.js";
      script.onload = update;
      document.head.appendChild(script);
    }

    function update() {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      found.textContent = "";
      found.hidden = !words.length;
      if (!words.length || !window.focalspecIndex) return;
      var hits = window.focalspecIndex.filter(function (entry) {
        var text = (entry[0] + " " + entry[1] + " " + entry[2]).toLowerCase();
        return words.every(function (word) { return text.indexOf(word) >= 0; });
      });
      hits.slice(0, 40).forEach(function (entry) {
        var link = document.createElement("a");
        link.href = root + entry[3];
        link.textContent = entry[1];
        var about = document.createElement("small");
        about.textContent = entry[0] + (entry[2] ? " · " + entry[2] : "");
        link.appendChild(about);
        found.appendChild(link);
      });
      var rest = document.createElement("p");
      rest.textContent = hits.length === 0 ? "Nothing has all of these words."
        : hits.length > 40 ? "… and " + (hits.length - 40) + " more" : hits.length + " found";
      found.appendChild(rest);
    }

    input.addEventListener("focus", load);
    input.addEventListener("input", update);
    document.addEventListener("keydown", function (event) {
      var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        input.focus();
        input.select();
      }
      var inside = event.target.closest && event.target.closest(".search");
      if (!inside) return;
      if (event.key === "Escape") {
        found.hidden = true;
        input.focus();
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        var links = [input].concat(all("a", found));
        var to = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
        if (links[to]) { event.preventDefault(); links[to].focus(); }
      }
      if (event.key === "Enter" && document.activeElement === input) {
        var first = found.querySelector("a");
        if (first) first.click();
      }
    });
    document.addEventListener("click", function (event) {
      if (!event.target.closest(".search")) found.hidden = true;
    });
  }

  // ---- the squares: counts by dtype, and which verdict stands for them ----

  function counts(code, dtype) {
    var sums = {};
    code.split(" ").forEach(function (group) {
      if (dtype && group[0] !== dtype) return;
      (group.slice(1).match(/[a-z]\d+/g) || []).forEach(function (part) {
        sums[part[0]] = (sums[part[0]] || 0) + Number(part.slice(1));
      });
    });
    return sums;
  }

  function label(sums) {
    return ORDER.split("").filter(function (letter) { return sums[letter]; }).map(function (letter) {
      return sums[letter] + " " + WORDS[letter][1];
    }).join(", ");
  }

  // Shows a square for one dtype, or for all; says whether it has the verdict that is looked for.
  function repaint(mark, dtype, verdict) {
    var sums = counts(mark.dataset.n, dtype);
    var letters = ORDER.split("").filter(function (letter) { return sums[letter]; });
    var has = letters.filter(function (letter) { return WORDS[letter][0] === verdict; });
    var shown = has.length ? has[0] : letters[0];
    mark.className = "mark v-" + (shown ? WORDS[shown][0] : "none");
    mark.setAttribute("aria-label", label(sums) || "not judged in this dtype");
    var judged = "fexdp".split("").reduce(function (sum, letter) { return sum + (sums[letter] || 0); }, 0);
    if (sums.p && sums.p < judged) mark.style.setProperty("--p", Math.round(100 * sums.p / judged) + "%");
    else mark.removeAttribute("style");
    var matches = verdict ? has.length > 0 : letters.length > 0;
    mark.classList.toggle("dim", Boolean(verdict) && !matches);
    return matches;
  }

  // ---- filters ----

  function values(form) {
    var found = {};
    all("[data-filter]", form).forEach(function (field) { found[field.dataset.filter] = field.value; });
    return found;
  }

  function matrix(wanted) {
    var shown = 0, of = 0;
    all(".block").forEach(function (block) {
      var heads = all("thead th", block), any = heads.map(function () { return false; });
      all("tbody tr", block).forEach(function (row) {
        row.hidden = Boolean(wanted.implementation) && row.dataset.implementation !== wanted.implementation;
        all("td", row).forEach(function (cell, at) {
          var mark = cell.querySelector("a.mark");
          if (mark && repaint(mark, wanted.dtype, wanted.verdict) && !row.hidden) any[at] = true;
        });
      });
      var visible = 0;
      heads.forEach(function (head, at) {
        var words = wanted.text.toLowerCase();
        var show = head.dataset.text.indexOf(words) >= 0 && (any[at] || (!wanted.verdict && !wanted.dtype));
        head.hidden = !show;
        all("tbody tr", block).forEach(function (row) { row.cells[at + 1].hidden = !show; });
        visible += show;
      });
      block.hidden = (Boolean(wanted.formula) && block.dataset.formula !== wanted.formula) || !visible;
      of += heads.length;
      shown += block.hidden ? 0 : visible;
      roving(block);
    });
    return shown + " of " + of + " clauses";
  }

  function cases(wanted) {
    var names = all("thead th[data-implementation]").map(function (head) {
      head.hidden = Boolean(wanted.implementation) && head.dataset.implementation !== wanted.implementation;
      return head;
    });
    var shown = 0, of = 0;
    all("tbody tr[data-clauses]").forEach(function (row) {
      var matches = false;
      names.forEach(function (head, at) {
        var cell = row.cells[at + 1], mark = cell.querySelector("a.mark");
        cell.hidden = head.hidden;
        if (mark && repaint(mark, wanted.dtype, wanted.verdict) && !head.hidden) matches = true;
      });
      var clauses = row.dataset.clauses.split(" ");
      row.hidden = (Boolean(wanted.clause) && clauses.indexOf(wanted.clause) < 0)
        || row.cells[0].textContent.toLowerCase().indexOf(wanted.text.toLowerCase()) < 0
        || ((wanted.verdict || wanted.dtype) && !matches);
      of += 1;
      shown += row.hidden ? 0 : 1;
    });
    hideEmpty();
    return shown + " of " + of + " cases";
  }

  function list(wanted) {
    var shown = 0, of = 0;
    all(".checks tbody tr").forEach(function (row) {
      row.hidden = ["formula", "verdict", "dtype"].some(function (name) {
        return wanted[name] && row.dataset[name] !== wanted[name];
      }) || row.textContent.toLowerCase().indexOf(wanted.text.toLowerCase()) < 0;
      of += 1;
      shown += row.hidden ? 0 : 1;
    });
    return shown + " of " + of + " checks";
  }

  function survey(wanted) {
    var heads = all("thead th[data-implementation]");
    var shown = 0, of = 0;
    all("tbody tr:not(.topic)").forEach(function (row) {
      row.hidden = (wanted.split && row.dataset.split !== "split")
        || (row.closest("tbody").rows[0].textContent + row.textContent).toLowerCase()
          .indexOf(wanted.text.toLowerCase()) < 0;
      heads.forEach(function (head, at) {
        var hide = Boolean(wanted.implementation) && head.dataset.implementation !== wanted.implementation;
        head.hidden = hide;
        if (row.cells[at + 1]) row.cells[at + 1].hidden = hide;
      });
      of += 1;
      shown += row.hidden ? 0 : 1;
    });
    hideEmpty();
    return shown + " of " + of + " cases";
  }

  function hideEmpty() {
    all("main tbody").forEach(function (body) {
      body.hidden = all("tr:not(.topic):not([hidden])", body).length === 0;
    });
  }

  function filters() {
    var apply = { matrix: matrix, cases: cases, list: list, survey: survey };
    all("form.filters").forEach(function (form) {
      function update() {
        var wanted = values(form);
        form.querySelector("output").textContent = apply[form.dataset.for](wanted);
        var query = Object.keys(wanted).filter(function (name) { return wanted[name]; })
          .map(function (name) { return name + "=" + encodeURIComponent(wanted[name]); }).join("&");
        try {
          history.replaceState(null, "", location.pathname + (query ? "?" + query : "") + location.hash);
        } catch (error) { /* the address then stays as it is */ }
      }
      var asked = new URLSearchParams(location.search);
      all("[data-filter]", form).forEach(function (field) {
        var value = asked.get(field.dataset.filter);
        if (value === null) return;
        var known = field.tagName !== "SELECT"
          || Array.prototype.some.call(field.options, function (option) { return option.value === value; });
        if (known) field.value = value;
      });
      form.addEventListener("input", update);
      form.addEventListener("submit", function (event) { event.preventDefault(); });
      form.addEventListener("reset", function () { setTimeout(update, 0); });
      update();
    });
  }

  // ---- one tab stop a block of the matrix, arrow keys within ----

  function roving(block) {
    var marks = all("a.mark", block);
    var seen = marks.filter(function (mark) { return mark.offsetParent !== null; });
    marks.forEach(function (mark) { mark.tabIndex = -1; });
    if (seen.length) seen[0].tabIndex = 0;
  }

  function arrows() {
    document.addEventListener("keydown", function (event) {
      var mark = event.target;
      if (!mark.matches || !mark.matches(".grid a.mark")) return;
      var cell = mark.parentNode, row = cell.parentNode, to = null;
      function walk(next) {
        var found = next;
        while (found && !(found.querySelector("a.mark") && found.querySelector("a.mark").offsetParent)) {
          found = event.key === "ArrowRight" ? found.nextElementSibling : found.previousElementSibling;
        }
        return found;
      }
      function down(step) {
        var other = row;
        do { other = step > 0 ? other.nextElementSibling : other.previousElementSibling; }
        while (other && (other.hidden || !other.cells[cell.cellIndex].querySelector("a.mark")));
        return other && other.cells[cell.cellIndex];
      }
      if (event.key === "ArrowRight") to = walk(cell.nextElementSibling);
      else if (event.key === "ArrowLeft") to = walk(cell.previousElementSibling);
      else if (event.key === "ArrowDown") to = down(1);
      else if (event.key === "ArrowUp") to = down(-1);
      else return;
      event.preventDefault();
      var target = to && to.querySelector("a.mark");
      if (!target) return;
      all("a.mark[tabindex='0']", mark.closest(".block")).forEach(function (one) { one.tabIndex = -1; });
      target.tabIndex = 0;
      target.focus();
    });
  }

  // ---- tips ----

  function tips() {
    var tip = document.getElementById("tip");
    if (!tip) return;
    var caseIds = document.getElementById("cases");
    var ids = caseIds ? JSON.parse(caseIds.textContent) : [];

    function say(element) {
      if (element.matches(".grid thead a")) return element.getAttribute("aria-label");
      if (element.matches("a.mark[data-n]")) {
        var row = element.closest("tr"), table = element.closest("table");
        var name = row ? row.cells[0].textContent.trim() : "";
        var head = table && table.tHead.rows[0].cells[element.parentNode.cellIndex];
        var link = head && head.querySelector("a");
        var top = link && link.getAttribute("aria-label") || head && head.textContent.trim() || "";
        return [name, top, element.getAttribute("aria-label")].filter(Boolean).join("\n");
      }
      if (element.matches(".series use")) {
        var data = element.dataset.d.split(" ");
        return element.parentNode.dataset.name + "\n" + ids[Number(data[0])] + "\nat " + data[2]
          + (data[1] === "–" ? ", no number" : ", " + data[1] + " ulp");
      }
      return "";
    }

    function show(element) {
      var text = say(element);
      if (!text) return;
      tip.textContent = text;
      tip.hidden = false;
      var box = element.getBoundingClientRect(), own = tip.getBoundingClientRect();
      var left = Math.min(Math.max(8, box.left + box.width / 2 - own.width / 2), document.documentElement.clientWidth - own.width - 8);
      var top = box.top - own.height - 8;
      tip.style.left = left + "px";
      tip.style.top = (top < 8 ? box.bottom + 8 : top) + "px";
    }

    var over = ".grid thead a, a.mark[data-n], .series use";
    function enter(event) {
      var element = event.target.closest && event.target.closest(over);
      if (element) show(element); else tip.hidden = true;
    }
    document.addEventListener("pointerover", enter);
    document.addEventListener("focusin", enter);
    document.addEventListener("focusout", function () { tip.hidden = true; });
    document.addEventListener("scroll", function () { tip.hidden = true; }, true);
    document.addEventListener("keydown", function (event) { if (event.key === "Escape") tip.hidden = true; });

    // a finger cannot point: its first tap shows the numbers, its second follows the link
    var tapped = null;
    document.addEventListener("click", function (event) {
      var mark = event.target.closest && event.target.closest("a.mark[data-n]");
      if (mark && event.pointerType === "touch" && tapped !== mark) {
        event.preventDefault();
        show(mark);
      }
      tapped = mark;
      var point = event.target.closest && event.target.closest(".series use");
      if (point) location.href = root + "cases/" + ids[Number(point.dataset.d.split(" ")[0])].split("/").map(encodeURIComponent).join("/") + ".html";
    });
  }

  // ---- plots: implementations shown and hidden ----

  function keys() {
    all(".keys button").forEach(function (button) {
      button.addEventListener("click", function () {
        var show = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(show));
        all(".series[data-series='" + button.dataset.series + "']", button.closest(".plot")).forEach(function (series) {
          series.style.display = show ? "" : "none";
        });
      });
    });
  }

  themes();
  search();
  filters();
  arrows();
  tips();
  keys();
})();
