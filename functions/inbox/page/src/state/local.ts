const LOCAL_HOSTS = ['127.0.0.1', 'localhost', '[::1]']

/** Whether the desk runs on the agent's own machine. */
export const isLocal = LOCAL_HOSTS.includes(location.hostname)
