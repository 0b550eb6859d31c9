"""The reporter: say which settings and secrets reached the container, and no more of them."""

import os

TITLE = os.environ.get("REPORT_TITLE", "Orders of the day")
SECRETS = ("MAIL_PASSWORD", "ARCHIVE_PASSWORD")


def main():
    print(f"report: {TITLE}")
    for name in SECRETS:
        # What a container prints ends in a log that others read: print no secret.
        value = os.environ.get(name)
        print(f"{name}: {'not given' if value is None else f'{len(value)} characters'}")


if __name__ == "__main__":
    main()
