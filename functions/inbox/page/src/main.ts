import './theme.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { watchOutbox } from './state/outbox.svelte.ts'
import { watchVersion } from './state/version.ts'

const target = document.getElementById('page')
if (!target) throw new Error('index.html has no #page')

watchOutbox(window)
watchVersion()
mount(App, { target })
