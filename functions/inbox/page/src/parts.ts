// The parts of the page that the list does not need. Each is a file of its own, fetched when it is first shown, or ahead
// of that once the list stands.

export const parts = {
  thread: () => import('./thread/ThreadRegion.svelte'),
  ahead: () => import('./thread/ahead.ts'),
  newMail: () => import('./newmail/NewMail.svelte'),
  fullMail: () => import('./thread/mail/FullMail.svelte'),
  sidebar: () => import('./sidebar/Sidebar.svelte'),
  context: () => import('./context/ContextPanels.svelte'),
  recording: () => import('./context/RecordingPanel.svelte'),
  filterChip: () => import('./list/FilterChip.svelte'),
  drafts: () => import('./drafts/DraftsRegion.svelte'),
  workflows: () => import('./workflows/WorkflowsPart.svelte'),
  quickActions: () => import('./composer/QuickActions.svelte'),
  firstRun: () => import('./list/FirstRun.svelte'),
  bulkBar: () => import('./list/BulkBar.svelte'),
  viewDialog: () => import('./list/ViewDialog.svelte'),
  palette: () => import('./palette/Palette.svelte'),
  preferences: () => import('./preferences/PreferencesDialog.svelte'),
  deleteDialog: () => import('./palette/DeleteDialog.svelte'),
  signOut: () => import('./SignOut.svelte'),
  menu: () => import('./ui/MenuOver.svelte'),
  tooltip: () => import('./ui/TooltipOver.svelte'),
  settings: () => import('./settings/Settings.svelte'),
  keyHelp: () => import('./keyboard/KeyHelp.svelte'),
}

/** Fetches all parts, so that opening one waits for nothing. */
export function fetchAhead() {
  for (const load of Object.values(parts)) void load().catch(() => {})
}
