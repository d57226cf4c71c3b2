// Sends the guest on to the payment provider; the button is there should this not run.
document.querySelector("form[data-handoff]")?.submit();
