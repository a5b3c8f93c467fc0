"""Where modules may come from inside the container."""

IMAGE = ("/opt/reconattack/", "/usr/lib/python3")
OWN = ("reconattack", "scripts", "__main__", "sitecustomize")
TRANSLATED = "__autograph_generated_file"  # TensorFlow writes it while it runs


def foreign(files: dict[str, str | None]) -> dict[str, str]:
    """Files of modules that are neither the image's nor the checkout's, by the modules' names.

    Modules without a file are built in.
    """
    return {
        name: file
        for name, file in files.items()
        if file
        and name.split(".")[0] not in OWN
        and not name.startswith(TRANSLATED)
        and not file.startswith(IMAGE)
    }
