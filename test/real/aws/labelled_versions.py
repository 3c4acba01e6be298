"""moto's server with the label filter of GetParametersByPath as AWS documents it.

usage: labelled_versions.py, with the arguments of moto.server

moto 5.2.5 looks at the labels of the newest version alone, and wants all of them named. AWS returns the version that
carries the label, whichever it is ("Working with parameter labels", "GetParametersByPath"). What is made here is that
documented behaviour; it was not seen on AWS itself.
"""

from moto.server import main
from moto.ssm.models import SimpleSystemManagerBackend

by_newest_version = SimpleSystemManagerBackend.get_parameters_by_path


def get_parameters_by_path(self, path, recursive, filters=None, next_token=None, max_results=10):
    wanted = [value for one in filters or [] if one["Key"] == "Label" for value in one.get("Values", [])]
    others = [one for one in filters or [] if one["Key"] != "Label"]
    # What moto refuses it refuses here as well, and it knows all other filters.
    newest = by_newest_version(self, path, recursive, filters, next_token, max_results)
    if not wanted:
        return newest
    names = self._parameters.get_keys_beginning_with(path.rstrip("/") + "/", recursive)
    found = [
        version
        for name in names
        for version in self._parameters[name]
        if any(label in wanted for label in version.labels) and self._match_filters(version, others)
    ]
    return self._get_values_nexttoken(found, max_results, next_token)


SimpleSystemManagerBackend.get_parameters_by_path = get_parameters_by_path
main()
