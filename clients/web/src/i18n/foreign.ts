/**
 * Text that somebody else wrote, as it is shown. Marks that turn the letters around them or that nobody sees make one name
 * look like another (Unicode TR 36, section 2.7): they go. What a script needs to be read, joiners and the marks that only
 * say which way a neutral character leans, stays.
 */
const TRICKS = /[\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff]/g;

export function plainly(text: string): string {
  return text.replace(TRICKS, '');
}
