from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Fields as in templates/forms/field.html: label, hint, error, control; no placeholder."""

    field_template_name = "forms/field.html"
    form_template_name = "forms/form.html"
