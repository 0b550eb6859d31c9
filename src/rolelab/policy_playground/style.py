"""How the panel looks and takes keys: JupyterLab's own colours, and a focus that can be seen."""

from __future__ import annotations

_KEEP_KEYS = (
    "this.closest('.rolelab-playground').addEventListener('focusin', event => {"
    " if (!event.target.matches(':read-write'))"
    " event.target.dataset.lmSuppressShortcuts = 'true' })"
)
"""JupyterLab takes arrow keys, Enter and letters for its own wherever the focus is not in a text:
in a dropdown, the arrow keys would leave for another cell. The attribute, which its shortcuts look
for on what has the focus, leaves the keys to the panel. Widgets have no other way to set it."""

LIVE = "<style onload=\"this.parentElement.setAttribute('role', 'status')\"></style>"
"""Before the text of an HTML widget: makes the widget a place whose changes are read aloud."""

STYLE = (
    f'<style onload="{_KEEP_KEYS}">'
    + """
.rolelab-playground { width: 100%; max-width: 1180px; container-type: inline-size; }
.rolelab-playground .rolelab-body { display: grid; column-gap: 16px; margin-right: 10px;
  grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); grid-template-rows: auto 1fr; }
.rolelab-playground .rolelab-answer { grid-column: 2; grid-row: 1 / span 2; }
@container (max-width: 760px) {
  .rolelab-playground .rolelab-body { grid-template-columns: minmax(0, 1fr); }
  .rolelab-playground .rolelab-answer { grid-column: 1; grid-row: auto; }
}
.rolelab-playground .widget-html-content { line-height: 1.45; }
.rolelab-playground .widget-text, .rolelab-playground .widget-textarea,
.rolelab-playground .widget-dropdown {
  flex-direction: column; align-items: stretch; height: auto; width: auto; }
.rolelab-playground .widget-label {
  width: auto; max-width: none; text-align: left; font-weight: 600; line-height: 1.5; height: auto;
  margin: 0 0 3px; flex: none; }
.rolelab-playground .widget-text input, .rolelab-playground textarea {
  font-family: var(--jp-code-font-family, monospace); font-size: 13px; line-height: 1.4;
  width: 100%; }
.rolelab-playground textarea { resize: vertical; tab-size: 2; flex: none; white-space: pre;
  overflow-x: auto; }
.rolelab-playground .widget-text input, .rolelab-playground .widget-dropdown select {
  flex: none; height: 30px; }
.rolelab-playground .rolelab-wrong input, .rolelab-playground .rolelab-wrong textarea {
  border-color: #D55E00 !important; box-shadow: inset 0 0 0 1px #D55E00 !important; }
.rolelab-playground input:focus, .rolelab-playground textarea:focus,
.rolelab-playground select:focus, .rolelab-playground button:focus,
.rolelab-playground [role="tab"]:focus {
  outline: 3px solid var(--jp-brand-color1, #2196F3) !important; outline-offset: 1px; }
.rolelab-playground .lm-TabBar-tab[role="tab"]:focus { outline-offset: -3px; }
.rolelab-playground .widget-tab > .lm-TabBar .lm-TabBar-tab {
  flex: 0 1 auto; min-width: 0; padding: 0 9px; }
.rolelab-playground .widget-tab > .widget-tab-contents { padding: 8px; }
.rolelab-playground .rolelab-task, .rolelab-playground .rolelab-note {
  color: var(--jp-ui-font-color1, inherit); overflow-wrap: anywhere; }
.rolelab-playground .rolelab-note { font-size: 90%; }
.rolelab-playground .rolelab-faults {
  border-left: 5px solid; padding: 2px 0 2px 14px; margin: 4px 0 12px; }
.rolelab-playground .rolelab-faults-title { font-weight: 600; font-size: 110%; }
.rolelab-playground .rolelab-faults pre { margin: 4px 0 8px; padding: 6px;
  border: 1px solid rgba(128,128,128,.4); border-radius: 3px; background: transparent;
  color: inherit; overflow-x: auto; line-height: 1.4; font-size: 90%; }
.rolelab-playground .rolelab-faults mark {
  color: inherit; background: transparent; border-bottom: 2px solid; }
.rolelab-playground .rolelab-faults mark b { background: #F0E442; color: #000; }
.rolelab-playground .rolelab-old {
  border: dashed #8a8a8a; border-width: 2px 0; margin: 2px 0; }
.rolelab-playground .rolelab-old > :not(.rolelab-old-note) { opacity: .7; }
.rolelab-playground .rolelab-old-note { font-weight: 600; }
.rolelab-playground .rolelab-decision td { overflow-wrap: anywhere; }
.rolelab-playground .rolelab-decision td:first-child { white-space: normal !important; }
.rolelab-playground .rolelab-decision td:last-child { width: 45%; }
.rolelab-playground .rolelab-status {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.rolelab-playground .rolelab-picture { width: 100%; height: auto; display: block;
  font-family: var(--jp-ui-font-family, sans-serif); }
.rolelab-playground .rolelab-picture text { fill: var(--jp-ui-font-color1, #222); }
.rolelab-playground .rolelab-picture text.rolelab-pale { fill: var(--jp-ui-font-color2, #666); }
.rolelab-playground .rolelab-picture .rolelab-open { fill: var(--jp-layout-color0, #fff); }
</style>"""
)
