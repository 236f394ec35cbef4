/* The form of an entry: shows what the choices made so far ask for, and has the server
 * check what is typed.
 *
 * A field with data-show-when='{"field": ["value", …]}' is hidden while the field has
 * none of the values; for sharing_category the items' own categories count too. What
 * is hidden is sent all the same: nothing that was typed is lost by a change of mind.
 * data-required-when has the same shape and puts the mark of a required field.
 *
 * data-module-live: where the form is sent to while it is typed.
 */
ckan.module("jiangmen-entry-form", function ($) {
  "use strict";

  var WAIT_MS = 700;
  var AGAIN_MS = 10000; // after an answer that did not come

  return {
    options: { live: "", words: {} },

    initialize: function () {
      this.form = this.el.closest("form")[0];
      this.touched = {};
      this.itemCategories = [];
      this.el.on("change", "select", this.show.bind(this));
      this.el.on("jiangmen:items", function (event, rows, edited) {
        this.itemCategories = rows.map(function (row) {
          return row.sharing_category;
        });
        this.show();
        if (edited) {
          this.later();
        }
      }.bind(this));
      this.el.on("input change", ":input[name]", function (event) {
        this.touched[event.target.name] = true;
        this.later();
      }.bind(this));
      this.told = $('<div class="jiangmen-live" role="status"></div>');
      this.el.after(this.told);
      $(this.form).on("submit", this.leave.bind(this));
      window.addEventListener("pagehide", this.keepNow.bind(this));
      this.show();
    },

    show: function () {
      var kind = this.value("content_kind");
      this.el.find("[data-show-when]").each(function (place, holder) {
        holder.hidden = !this.holds(JSON.parse(holder.dataset.showWhen));
      }.bind(this));
      this.el.find("[data-required-when]").each(function (place, holder) {
        var wanted = this.holds(JSON.parse(holder.dataset.requiredWhen));
        holder.classList.toggle("jiangmen-required", wanted);
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

    holds: function (wanted) {
      return Object.keys(wanted).every(function (name) {
        return this.values(name).some(function (value) {
          return wanted[name].indexOf(value) !== -1;
        });
      }, this);
    },

    value: function (name) {
      var field = this.el.find('[name="' + name + '"]');
      return field.length ? field.val() : "";
    },

    values: function (name) {
      var own = [this.value(name)];
      return name === "sharing_category" ? own.concat(this.itemCategories) : own;
    },

    // What the server says of it

    later: function () {
      this.due = Boolean(this.options.live);
      window.clearTimeout(this.waiting);
      this.waiting = window.setTimeout(this.ask.bind(this), WAIT_MS);
    },

    ask: function () {
      if (!this.due || this.asking) {
        return; // What is typed meanwhile is asked when the answer is there.
      }
      this.due = false;
      this.asking = window
        .fetch(this.options.live, {
          method: "POST",
          body: this.typed(),
          credentials: "same-origin",
          headers: { Accept: "application/json" },
        })
        .then(function (answer) {
          return answer.ok ? answer.json() : Promise.reject(answer.status);
        })
        .then(this.tell.bind(this), this.lost.bind(this))
        .then(function () {
          this.asking = null;
          if (this.due) {
            this.waiting = window.setTimeout(this.ask.bind(this), this.pause);
          }
        }.bind(this));
    },

    typed: function () {
      var data = new FormData(this.form);
      data.append("keep", "1");
      return data;
    },

    /* The window closes before the answer: what is typed is sent all the same. */
    keepNow: function () {
      if (this.due && !this.left) {
        window.navigator.sendBeacon(this.options.live, this.typed());
      }
    },

    /* Saving waits for an answer that is still due, so that it keeps nothing after. */
    leave: function (event) {
      this.left = true;
      window.clearTimeout(this.waiting);
      this.due = false;
      if (this.asking) {
        event.preventDefault();
        var button = event.originalEvent && event.originalEvent.submitter;
        this.asking.then(function () {
          this.form.requestSubmit(button || undefined);
        }.bind(this));
      }
    },

    lost: function () {
      this.pause = AGAIN_MS;
      this.due = !this.left;
      this.told.text(this.options.words.lost);
    },

    tell: function (answer) {
      this.pause = WAIT_MS;
      var items = [];
      var fields = {};
      answer.problems.forEach(function (problem) {
        if (problem.item !== null) {
          items.push(problem);
        } else {
          (fields[problem.field] = fields[problem.field] || []).push(problem.message);
        }
      });
      this.el.find(".jiangmen-items").trigger("jiangmen:problems", [items]);
      this.el.find(".jiangmen-field[data-field]").each(function (place, holder) {
        this.mark(holder, fields[holder.dataset.field] || []);
      }.bind(this));
      this.told.empty().append(
        $("<p>").text(
          answer.count
            ? this.options.words.wrong.replace("{count}", answer.count)
            : this.options.words.right
        )
      );
      if (answer.kept) {
        this.told.append($('<p class="jm-muted">').text(answer.kept));
      }
    },

    /* A field that was neither filled nor touched is not called wrong yet. */
    mark: function (holder, sentences) {
      var name = holder.dataset.field;
      var value = this.value(name);
      var due = this.touched[name] || (value && name !== "information_items");
      $(holder).find(".jiangmen-live-problem").remove();
      $(holder).find(".error-block").toggle(sentences.length > 0);
      if (!sentences.length || !due) {
        $(holder).find(":input").removeAttr("aria-invalid");
        return;
      }
      $(holder).find(".error-block").hide();
      $(holder).find(":input[name]").attr("aria-invalid", "true");
      $('<p class="jiangmen-live-problem">').text(sentences.join(" ")).appendTo(holder);
    },
  };
});
