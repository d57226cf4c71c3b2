// Sends the guest on to the payment provider. Without scripts the guest presses the button.
document.querySelector<HTMLFormElement>("form[data-checkout]")?.submit();
