/* Shows of an entry's form what the choices made so far ask for.
 *
 * A field with data-show-when='{"field": ["value", …]}' is hidden while the field has
 * none of the values; for sharing_category the items' own categories count too. What
 * is hidden is sent all the same: nothing that was typed is lost by a change of mind.
 */
ckan.module("jiangmen-entry-form", function ($) {
  "use strict";

  return {
    initialize: function () {
      this.itemCategories = [];
      this.el.on("change", "select", this.show.bind(this));
      this.el.on("jiangmen:items", function (event, rows) {
        this.itemCategories = rows.map(function (row) {
          return row.sharing_category;
        });
        this.show();
      }.bind(this));
      this.show();
    },

    show: function () {
      var kind = this.value("content_kind");
      this.el.find("[data-show-when]").each(function (place, holder) {
        var wanted = JSON.parse(holder.dataset.showWhen);
        holder.hidden = !Object.keys(wanted).every(function (name) {
          return this.values(name).some(function (value) {
            return wanted[name].indexOf(value) !== -1;
          });
        }, this);
      }.bind(this));
      this.el.find("[data-kinds]").each(function (place, holder) {
        var kinds = {};
        JSON.parse(holder.dataset.kinds).forEach(function (choice) {
          kinds[choice.value] = choice.kind;
        });
        $(holder).find("option").each(function (number, option) {
          var fits = !option.value || !kind || kinds[option.value] === kind;
          option.hidden = !fits;
          option.disabled = !fits && !option.selected;
        });
      });
    },

    value: function (name) {
      var field = this.el.find('[name="' + name + '"]');
      return field.length ? field.val() : "";
    },

    values: function (name) {
      var own = [this.value(name)];
      return name === "sharing_category" ? own.concat(this.itemCategories) : own;
    },
  };
});
