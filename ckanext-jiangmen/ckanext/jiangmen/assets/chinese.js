/* CKAN's script on Simplified Chinese pages.
 *
 * client.js turns only the first hyphen of the page's language into an underscore, so
 * it asks for the unknown locale zh_Hans-CN, is refused, and starts no module. And
 * moment.js knows Chinese by the name zh-cn only.
 */
(function (ckan, moment) {
  "use strict";

  var getLocaleData = ckan.Client.prototype.getLocaleData;
  ckan.Client.prototype.getLocaleData = function (locale, success, error) {
    return getLocaleData.call(this, locale.replace(/-/g, "_"), success, error);
  };

  if (document.documentElement.lang === "zh-Hans-CN" && moment) {
    moment.defineLocale("zh-hans-cn", { parentLocale: "zh-cn" });
  }
})(window.ckan, window.moment);
