import io
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import git
from snakemake.exceptions import WorkflowError


def checkout():
    """Folder of this workflow's files, from which jobs import the library.

    Snakemake may read the Snakefile out of a Git repository (`gitfile`, `github`, `gitlab`). Then
    the files of that commit are unpacked below .snakemake, once.
    """
    source = workflow.current_basedir
    if hasattr(source, "__fspath__"):
        return os.path.dirname(os.fspath(source))
    if hasattr(source, "repo_path"):
        repository = git.Repo(source.repo_path)
    elif hasattr(source, "hosted_repo"):
        repository = source.hosted_repo.repo
    else:
        raise WorkflowError(
            f"{source}: this Snakemake keeps no copy of the repository; expected version 9.27 or "
            "later, or the path of a checkout in place of the address"
        )
    commit = repository.commit(source.ref).hexsha
    unpacked = Path(".snakemake", "reconattack", commit).absolute()
    if not unpacked.exists():
        unpack(repository, commit, unpacked)
    return str(unpacked)


def unpack(repository, commit, folder):
    """Unpack the files of a commit into a folder, whole or not at all."""
    archive = io.BytesIO()
    repository.archive(archive, treeish=commit)
    archive.seek(0)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = tempfile.mkdtemp(dir=folder.parent)
    with tarfile.open(fileobj=archive) as files:
        files.extractall(temporary, filter="data")
    try:
        os.rename(temporary, folder)
    except OSError:  # another process was faster
        shutil.rmtree(temporary)
