/** The user and the group `nobody`, as Debian, BusyBox and distroless images number them. */
export const nobodyUser = 65534;
