// Sets the colours that were chosen, before anything is drawn.
(function () {
  "use strict";
  try {
    var theme = localStorage.getItem("focalspec-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (error) {
    // a page opened from a file may keep nothing: the system's colours it is
  }
})();
