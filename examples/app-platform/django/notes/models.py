from django.db import models


class Note(models.Model):
    made = models.DateTimeField(auto_now_add=True)
