"""Launch templates: numbered versions, the default, inheritance by SourceVersion, client tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..actions import action
from ..paging import page
from ..refusal import Refusal
from ..region import Region

Json = dict[str, Any]
CREATED_BY = "arn:aws:iam::123456789012:root"


@dataclass
class Template:
    """A launch template; versions are never renumbered."""

    template_id: str
    name: str
    created: datetime
    versions: dict[int, Json] = field(default_factory=dict)
    default: int = 1
    latest: int = 0
    tags: list[Json] = field(default_factory=list)

    def describe(self) -> Json:
        """As DescribeLaunchTemplates gives it."""
        return {
            "LaunchTemplateId": self.template_id,
            "LaunchTemplateName": self.name,
            "CreateTime": self.created,
            "CreatedBy": CREATED_BY,
            "DefaultVersionNumber": self.default,
            "LatestVersionNumber": self.latest,
            "Tags": self.tags,
        }

    def version(self, text: str | int | None) -> Json:
        """A version by number, `$Latest` or `$Default`; AWS takes the default where none is named."""
        number = {None: self.default, "$Default": self.default, "$Latest": self.latest}.get(text)  # type: ignore[arg-type]
        if number is None:
            try:
                number = int(text)  # type: ignore[arg-type]
            except ValueError:
                raise Refusal(
                    "InvalidLaunchTemplateId.VersionNotFound", f"Invalid launch template version: {text}"
                ) from None
        if number not in self.versions:
            raise Refusal(
                "InvalidLaunchTemplateId.VersionNotFound",
                f"Could not find launch template version {number} of {self.template_id}",
            )
        return self.versions[number] | {"DefaultVersion": number == self.default}

    def add(self, region: Region, data: Json, description: str | None) -> Json:
        """A new version with the next number."""
        self.latest += 1
        version = {
            "LaunchTemplateId": self.template_id,
            "LaunchTemplateName": self.name,
            "VersionNumber": self.latest,
            "CreateTime": region.now(),
            "CreatedBy": CREATED_BY,
            "LaunchTemplateData": data,
        }
        if description is not None:
            version["VersionDescription"] = description
        self.versions[self.latest] = version
        return self.version(self.latest)


def find(region: Region, request: Json) -> Template:
    """The template that a request or a group names, by id or name."""
    wanted_id, name = request.get("LaunchTemplateId"), request.get("LaunchTemplateName")
    if wanted_id and name:
        raise Refusal("InvalidParameterCombination", "Specify either LaunchTemplateId or LaunchTemplateName, not both")
    if wanted_id is not None:
        if wanted_id in region.templates:
            return region.templates[wanted_id]
        raise Refusal(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {wanted_id}, does not exist.",
        )
    for template in region.templates.values():
        if template.name == name:
            return template
    if name is None:
        raise Refusal(
            "MissingParameter", "The request must contain the parameter LaunchTemplateId or LaunchTemplateName"
        )
    raise Refusal(
        "InvalidLaunchTemplateName.NotFoundException",
        f"The specified launch template, with template name {name}, does not exist.",
    )


def once(region: Region, operation: str, request: Json, make: Any) -> Json:
    """The first answer again for a token that was used with the same request; another request is refused."""
    token = request.get("ClientToken")
    if token is None:
        return make()
    content = json.dumps(request, sort_keys=True, default=str)
    known = region.tokens.get((operation, token))
    if known is not None:
        if known[0] != content:
            raise Refusal(
                "IdempotentParameterMismatch",
                "The request uses the same client token as a previous, different request.",
            )
        return known[1]
    answer = make()
    region.tokens[(operation, token)] = (content, answer)
    return answer


def tags_of(request: Json, kind: str) -> list[Json]:
    """Tags that TagSpecifications give to a kind of resource."""
    return [
        tag
        for part in request.get("TagSpecifications", [])
        if part.get("ResourceType") == kind
        for tag in part.get("Tags", [])
    ]


@action("ec2", "CreateLaunchTemplate")
def create(region: Region, request: Json) -> Json:
    def make() -> Json:
        name = request["LaunchTemplateName"]
        if any(template.name == name for template in region.templates.values()):
            raise Refusal("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
        template = Template(f"lt-{region.identity('template')}", name, region.now())
        template.tags = tags_of(request, "launch-template")
        template.add(region, request["LaunchTemplateData"], request.get("VersionDescription"))
        region.templates[template.template_id] = template
        return {"LaunchTemplate": template.describe()}

    return once(region, "CreateLaunchTemplate", request, make)


@action("ec2", "CreateLaunchTemplateVersion")
def create_version(region: Region, request: Json) -> Json:
    def make() -> Json:
        template = find(region, request)
        data = dict(request["LaunchTemplateData"])
        if source := request.get("SourceVersion"):
            data = template.version(source)["LaunchTemplateData"] | data
        return {"LaunchTemplateVersion": template.add(region, data, request.get("VersionDescription"))}

    return once(region, "CreateLaunchTemplateVersion", request, make)


@action("ec2", "ModifyLaunchTemplate")
def modify(region: Region, request: Json) -> Json:
    template = find(region, request)
    if (number := request.get("DefaultVersion")) is not None:
        template.default = template.version(number)["VersionNumber"]
    return {"LaunchTemplate": template.describe()}


@action("ec2", "DeleteLaunchTemplate")
def delete(region: Region, request: Json) -> Json:
    template = find(region, request)
    del region.templates[template.template_id]
    return {"LaunchTemplate": template.describe()}


@action("ec2", "DeleteLaunchTemplateVersions")
def delete_versions(region: Region, request: Json) -> Json:
    template = find(region, request)
    done, failed = [], []
    for text in request["Versions"]:
        row = {
            "LaunchTemplateId": template.template_id,
            "LaunchTemplateName": template.name,
            "VersionNumber": int(text),
        }
        if int(text) == template.default:
            reason = {"Code": "unexpectedError", "Message": "The default version cannot be deleted"}
            failed.append(row | {"ResponseError": reason})
        elif template.versions.pop(int(text), None) is None:
            reason = {"Code": "launchTemplateVersionDoesNotExist", "Message": "The version does not exist"}
            failed.append(row | {"ResponseError": reason})
        else:
            done.append(row)
    return {
        "SuccessfullyDeletedLaunchTemplateVersions": done,
        "UnsuccessfullyDeletedLaunchTemplateVersions": failed,
    }


@action("ec2", "DescribeLaunchTemplates")
def describe(region: Region, request: Json) -> Json:
    found = [find(region, {"LaunchTemplateId": text}) for text in request.get("LaunchTemplateIds", [])]
    found += [find(region, {"LaunchTemplateName": text}) for text in request.get("LaunchTemplateNames", [])]
    if not request.get("LaunchTemplateIds") and not request.get("LaunchTemplateNames"):
        found = list(region.templates.values())
    for part in request.get("Filters", []):
        found = [template for template in found if _passes(template, part)]
    shown, token = page(
        found, request.get("MaxResults", 200), request.get("NextToken"), request.get("Filters"), bad_token
    )
    return {"LaunchTemplates": [template.describe() for template in shown]} | ({"NextToken": token} if token else {})


def _passes(template: Template, part: Json) -> bool:
    name, values = part["Name"], part["Values"]
    if name == "launch-template-name":
        return template.name in values
    if name.startswith("tag:"):
        return any(tag["Key"] == name[4:] and tag["Value"] in values for tag in template.tags)
    if name == "tag-key":
        return any(tag["Key"] in values for tag in template.tags)
    raise Refusal("InvalidParameterValue", f"The filter '{name}' is invalid")


@action("ec2", "DescribeLaunchTemplateVersions")
def describe_versions(region: Region, request: Json) -> Json:
    versions = request.get("Versions", [])
    if request.get("LaunchTemplateId") or request.get("LaunchTemplateName"):
        template = find(region, request)
        rows = [template.version(text) for text in versions] or [
            template.version(number)
            for number in sorted(template.versions, reverse=True)
            if int(request.get("MinVersion", 1)) <= number <= int(request.get("MaxVersion", template.latest))
        ]
    elif versions and set(versions) <= {"$Latest", "$Default"}:
        rows = [template.version(text) for template in region.templates.values() for text in versions]
    else:
        raise Refusal(
            "MissingParameter", "The request must contain the parameter LaunchTemplateId or LaunchTemplateName"
        )
    question = [request.get("LaunchTemplateId"), request.get("LaunchTemplateName"), versions]
    shown, token = page(rows, request.get("MaxResults", 200), request.get("NextToken"), question, bad_token)
    return {"LaunchTemplateVersions": shown} | ({"NextToken": token} if token else {})


def bad_token() -> Refusal:
    """EC2's refusal of a token that it never gave."""
    return Refusal("InvalidNextToken", "The token provided in the request is not valid or has expired.")
