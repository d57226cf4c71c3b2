/** Where people write to. */
export const HELP_ADDRESS = "help@chipin.co.za";
export const PARTNERS_ADDRESS = "partners@chipin.co.za";
export const PRIVACY_ADDRESS = "privacy@chipin.co.za";
export const SECURITY_ADDRESS = "security@chipin.co.za";
