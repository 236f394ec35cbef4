/* One box that ticks all the others of its form; tells how many are ticked.
 *
 * data-module-words: the sentence, with {count}
 */
ckan.module("jiangmen-choose-all", function ($) {
  "use strict";

  return {
    options: { words: "{count}" },

    initialize: function () {
      this.all = this.el.find("input").get(0);
      this.told = this.el.find("[role=status]").get(0);
      this.boxes = this.el.closest("form").find('input[type=checkbox][name="id"]');
      this.el.prop("hidden", false);
      this.all.addEventListener("change", this.tick.bind(this));
      this.boxes.on("change", this.tell.bind(this));
      this.tell();
    },

    tick: function () {
      this.boxes.prop("checked", this.all.checked);
      this.tell();
    },

    tell: function () {
      var count = this.boxes.filter(":checked").length;
      this.all.checked = count > 0 && count === this.boxes.length;
      this.all.indeterminate = count > 0 && count < this.boxes.length;
      this.told.textContent = this.options.words.replace("{count}", count);
    }
  };
});
