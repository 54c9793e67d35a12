// Says it on the page when a passkey was not found or the question was dismissed.
document.addEventListener('allauth.error', (event) => {
  const trouble = document.getElementById('passkey-trouble')
  if (!trouble) return
  event.preventDefault()
  trouble.hidden = false
})
