"""moto's CloudFormation, changed: resources are made in the order of their dependencies and deleted in the reverse one.

moto follows DependsOn only in CreateStack (osls fills its stack by UpdateStack), and deletes in no order. What it has no
model for it leaves out with a warning: here that is an error. It has cfn-lint refuse templates for warnings: not here.
"""

import re

from moto.cloudformation import models, parsing

import resources

# What happened to the stacks' resources: {"did", "id", "type"}, and of a custom resource its answer.
HISTORY = []

models.validate_template_cfn_lint = lambda template: []


def dependencies(resource, known):
    """Logical ids that a resource names: DependsOn, Ref, Fn::GetAtt, Fn::Sub."""
    found = set()

    def walk(value):
        if isinstance(value, list):
            for inner in value:
                walk(inner)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key == "Ref":
                    found.add(inner)
                elif key == "Fn::GetAtt":
                    found.add(inner[0] if isinstance(inner, list) else inner.split(".")[0])
                elif key == "Fn::Sub":
                    text = inner[0] if isinstance(inner, list) else inner
                    found.update(re.findall(r"\$\{([A-Za-z0-9]+)[.}]", text))
                    walk(inner)
                else:
                    walk(inner)

    depends_on = resource.get("DependsOn", [])
    found.update([depends_on] if isinstance(depends_on, str) else depends_on)
    walk(resource.get("Properties", {}))
    return found & known


def in_order(all_resources):
    """Logical ids, each after those that it depends on."""
    order, state = [], {}

    def visit(name):
        if state.get(name) == "open":
            raise ValueError(f"circular dependency at {name}")
        if name in state:
            return
        state[name] = "open"
        for other in sorted(dependencies(all_resources[name], set(all_resources))):
            visit(other)
        state[name] = "done"
        order.append(name)

    for name in all_resources:
        visit(name)
    return order


def ordered(template):
    return {**template, "Resources": {name: template["Resources"][name] for name in in_order(template["Resources"])}}


moto_create, moto_update = parsing.ResourceMap.create, parsing.ResourceMap.update
moto_class = parsing.resource_class_from_type


def delete(self):
    """In the reverse order of dependencies; what is to be retained stays."""
    for name in reversed(in_order(self._resource_json_map)):
        resource_json, resource = self._resource_json_map[name], self._parsed_resources.get(name)
        if resource is None or resource_json.get("DeletionPolicy", "").startswith("Retain"):
            continue
        self._delete_resource(resource, resource_json)
        self._parsed_resources.pop(name)
        HISTORY.append({"did": "delete", "id": name, "type": resource_json["Type"]})


def class_of(resource_type):
    found = resources.model_of(resource_type) or moto_class(resource_type)
    if found is None and resource_type not in parsing.NULL_MODELS:
        raise ValueError(f"the rehearsal has no model of {resource_type}")
    return found


def noted(did, act):
    """An act of moto's on one resource, written down when it is done."""

    def run(logical_id, resource_json, *args, **named):
        made = act(logical_id, resource_json, *args, **named)
        HISTORY.append({"did": did, "id": logical_id, "type": resource_json["Type"]})
        return made

    return run


parsing.ResourceMap.create = lambda self, template: moto_create(self, ordered(template))
parsing.ResourceMap.update = lambda self, template, parameters=None: moto_update(self, ordered(template), parameters)
parsing.ResourceMap.delete = delete
parsing.resource_class_from_type = class_of
parsing.parse_and_create_resource = noted("create", parsing.parse_and_create_resource)
parsing.parse_and_update_resource = noted("update", parsing.parse_and_update_resource)

moto_delete_stack = models.CloudFormationBackend.delete_stack


def delete_stack(self, name_or_stack_id):
    """Exports that UpdateStack brought are not in the list that moto takes them from."""
    for stack in list(self.stacks.values()):
        for export in stack.exports:
            self.exports.setdefault(export.name, export)
    moto_delete_stack(self, name_or_stack_id)


models.CloudFormationBackend.delete_stack = delete_stack
